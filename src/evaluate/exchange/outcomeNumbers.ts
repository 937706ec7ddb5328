/** Outcomes of an experiment as numbers. */
import type { KroncutError } from '../../error.js';

/** Bits of the registers of an experiment. */
export interface RegisterWidths {
  readonly outcome: number;
  readonly sign: number;
}

/** Makes the error for a fault: puts the place in the file in front of the sentence. */
export type Refuse = (what: string) => KroncutError;

const SHOWN = 40;

/** A text of a file in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text).replace(/^"|"$/g, "'");
}

/**
 * The number of an outcome that is written in bits, the register declared last first and bit 0 last, with blanks between
 * registers or none, or in hexadecimal. Throws what `refuse` makes of the reason where it is neither.
 */
export function outcomeNumber(key: string, { outcome, sign }: RegisterWidths, refuse: Refuse): number {
  const text = key.trim();
  if (/^0x/i.test(text)) return hexadecimal(text, outcome + sign, refuse);
  const parts = text.split(/\s+/);
  if (!parts.every((part) => /^[01]+$/.test(part))) {
    throw refuse(`${quoted(key)} is neither bits, such as 0110, nor hexadecimal, such as 0x6`);
  }
  const widths = [sign, outcome].filter((bits) => bits > 0);
  const bits = parts.join('');
  const split = parts.length > 1 && parts.some((part, i) => part.length !== widths[i]);
  if (bits.length !== outcome + sign || split) {
    const names = [
      ...(sign > 0 ? [`${sign} of 'sign'`] : []),
      ...(outcome > 0 ? [`${outcome} of 'outcome'`] : []),
    ];
    throw refuse(
      `${quoted(key)} has other bits than the subexperiment, which has ${names.join(' and then ')}`,
    );
  }
  return Number.parseInt(bits, 2);
}

export function hexadecimal(text: string, bits: number, refuse: Refuse): number {
  const number = /^0x[\da-f]+$/i.test(text) ? Number(text) : NaN;
  if (Number.isNaN(number)) throw refuse(`${quoted(text)} is no hexadecimal number, such as 0x6`);
  if (number >= 2 ** bits) {
    throw refuse(`${quoted(text)} has more than the ${bits} bit${bits === 1 ? '' : 's'} that are measured`);
  }
  return number;
}
