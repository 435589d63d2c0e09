import { COUNTERS, GAUGES, HISTOGRAMS } from '../../api/metrics/metric-table.ts'

interface Declared {
  readonly help: string
  readonly labels: readonly string[]
}

/** The reference of all metrics, from their one declaration. */
export function renderMetricsReference(): string {
  return `# Metrics

Generated from the declaration of the metrics. A central serves them at \`GET /metrics\` in the Prometheus text format; like
every route but health it needs an API key.

\`\`\`yaml
scrape_configs:
  - job_name: konor
    authorization: { credentials_file: /etc/prometheus/konor.key }
    static_configs: [{ targets: ['konor:7600'] }]
\`\`\`

${section('Counters', COUNTERS)}
${section('Gauges', GAUGES)}
${section('Histograms', HISTOGRAMS)}`
}

function section(title: string, table: Readonly<Record<string, Declared>>): string {
  const rows = Object.entries(table).map(
    ([name, { help, labels }]) =>
      `| \`${name}\` | ${labels.map(label => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return `## ${title}\n\n| metric | labels | |\n|---|---|---|\n${rows.join('\n')}\n`
}
