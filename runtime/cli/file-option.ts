import { Option } from 'commander'

/** `-f`, repeatable: a file, a directory, or `-`. */
export function fileOption(): Option {
  return new Option('-f, --file <path>', 'a manifest file, a directory, or - for standard input; repeatable')
    .argParser((path: string, before: string[] | undefined) => [...(before ?? []), path])
    .makeOptionMandatory()
}
