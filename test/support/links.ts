/** Links between pages of documentation. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A heading as links name it. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** Text without its blocks of code, which may look like headings and links. */
export function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

/** Links of a page, by its path below `root`, to files that are not there or headings that these do not have. */
export function deadLinks(root: string, page: string): string[] {
  const text = prose(readFileSync(join(root, page), 'utf8'));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^(https?|mailto):/.test(target))
    .filter((target) => {
      const [name = '', anchor] = target.split('#');
      const file = name === '' ? page : relative(root, join(root, dirname(page), name));
      if (file.startsWith('..') || !existsSync(join(root, file))) return true;
      if (anchor === undefined || !file.endsWith('.md')) return false;
      const there = prose(readFileSync(join(root, file), 'utf8'));
      if (there.includes(`<a id="${anchor}">`)) return false;
      return ![...there.matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
    })
    .map((target) => `${page}: ${target}`);
}
