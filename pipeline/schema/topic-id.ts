import { sha256 } from './sha256.ts';

/**
 * A topic as part of a sample's id, of an address and of a file's name: `Types of Trees` → `types-of-trees`. Where the
 * words alone do not tell a topic from others (`C++`), where it has no word (`🍎`), or where it is too long for a file's
 * name, the first digits of the topic's SHA-256 follow. Spellings that differ in case and spacing alone have the same id.
 */
export function topicId(topic: string): string {
  const name = topic.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
  const words = name.replace(NO_WORD, '-').replace(/^-|-$/g, '');
  const short = [...words].slice(0, LONGEST).join('');
  if (words === short && words === name.replace(/[ ']/g, '-')) return words;
  return [short, sha256(name).slice(0, DIGITS)].filter((part) => part !== '').join('-');
}

/** Marks belong to the letter before them, as the vowels of Devanagari do. */
const NO_WORD = /[^\p{L}\p{M}\p{N}]+/gu;

/** Letters of the words that are kept: a file's name has at most 255 bytes. */
const LONGEST = 40;
const DIGITS = 8;
