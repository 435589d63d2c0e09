import type { Measured } from './figure.ts'

/** The value below which `fraction` of the values lie (nearest rank); NaN of none. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN
}

/** Median and 99th percentile. */
export function spreadOf(values: readonly number[]): Measured & { readonly p99: number } {
  return { value: quantile(values, 0.5), p99: quantile(values, 0.99) }
}

/** Mean and 99th percentile, where a goal speaks of the mean. */
export function meanOf(values: readonly number[]): Measured & { readonly p99: number } {
  const sum = values.reduce((total, value) => total + value, 0)
  return { value: sum / values.length, p99: quantile(values, 0.99) }
}
