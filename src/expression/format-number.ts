/**
 * Text of a number as .NET's `ToString("G15")` writes it, which GitHub uses: at most 15 digits, exponents from 1E+15 up
 * and from 1E-05 down with two digits at least.
 */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  const [mantissa = '', power = '0'] = value.toExponential(14).split('e');
  const exponent = Number(power);
  if (exponent > -5 && exponent < 15) return plain(Number(`${mantissa}e${power}`), exponent);
  const digits = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${digits}E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function plain(value: number, exponent: number): string {
  const text = value.toFixed(Math.min(100, 14 - exponent));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
