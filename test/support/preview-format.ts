const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** @param unit an id of Grafana's */
export function format(value: number, unit: string, decimals?: number): string {
  const digits = (number: number) =>
    decimals === undefined ? String(Number(number.toPrecision(3))) : number.toFixed(decimals);
  switch (unit) {
    case 'percentunit':
      return `${digits(value * 100)}%`;
    case 's':
      return duration(value, digits);
    case 'm':
      return value > 2880 ? `${digits(value / 1440)} days` : `${digits(value)} min`;
    case 'bytes': {
      const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
      return `${digits(value / 1024 ** power)} ${binary[power]}`;
    }
    case 'reqps':
      return `${digits(value)} req/s`;
    case 'ops':
      return `${digits(value)} ops/s`;
    case 'cps':
      return `${digits(value)} c/s`;
    case 'short':
      return Math.abs(value) >= 1000 ? `${digits(value / 1000)} K` : digits(value);
    default:
      return digits(value);
  }
}

function duration(value: number, digits: (number: number) => string): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  if (size < 120) return `${digits(value)} s`;
  return size < 7200 ? `${digits(value / 60)} min` : `${digits(value / 3600)} hours`;
}
