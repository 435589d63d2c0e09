import { errorTable } from './error-spec.ts'

export const cliErrors = errorTable({
  KONOR_CLI_USAGE: {
    status: 400,
    exit: 2,
    retryable: false,
    title: 'The command is not written as it should be',
    help: '`konor VERB --help` shows the arguments, and an example.',
  },
  KONOR_CLI_CONFIG_INVALID: {
    status: 400,
    exit: 2,
    retryable: false,
    title: 'A setting is not valid',
    help: 'Settings come from flags, then KONOR_ variables, then konor.yaml; docs/reference/config.md lists them. Unknown keys are refused, because a misspelt one would be ignored otherwise.',
  },
  KONOR_CLI_FILE_UNREADABLE: {
    status: 400,
    exit: 2,
    retryable: false,
    title: 'A file cannot be read',
    help: 'Check the path and who may read it.',
  },
  KONOR_CLI_CONTEXT_UNKNOWN: {
    status: 404,
    exit: 3,
    retryable: false,
    title: 'There is no such context',
    help: '`konor context ls` lists contexts; `konor context set NAME --url URL --api-key-file FILE` makes one.',
  },
  KONOR_CLI_UNREACHABLE: {
    status: 503,
    exit: 6,
    retryable: true,
    title: 'No central answers at this address',
    help: 'Start one with `konor up`, or name its address with --url, KONOR_URL or a context.',
  },
  KONOR_CLI_TIMED_OUT: {
    status: 504,
    exit: 7,
    retryable: true,
    title: 'It did not happen in time',
    help: 'What was accepted goes on: look with `konor get jobs`. Wait longer with --timeout.',
  },
  KONOR_CLI_JOB_FAILED: {
    status: 422,
    exit: 8,
    retryable: false,
    title: 'The job ended without success',
    help: '`konor describe job ID` shows each step and group with its reason. Correct the cause and apply again, or `konor job retry ID`.',
  },
  KONOR_CLI_ROLLOUT_FAILED: {
    status: 422,
    exit: 8,
    retryable: false,
    title: 'The rollout did not commit',
    help: '`konor describe group NAME` shows which node rejected it and why. Correct the value and apply again, or `konor rollout retry NAME`.',
  },
  KONOR_CLI_UNEXPECTED_ANSWER: {
    status: 502,
    exit: 20,
    retryable: false,
    title: 'The answer is not one of a central',
    help: 'Something else listens at this address, or a proxy stands between. Check --url.',
  },
  KONOR_CLI_INTERNAL: {
    status: 500,
    exit: 20,
    retryable: false,
    title: 'The command failed by a fault of its own',
    help: 'Run it again with -v and report what it says.',
  },
})
