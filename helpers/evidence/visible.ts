const plain = /^[\n\t -~]*$/

/**
 * Text from a cluster, safe to show: what a terminal would obey or an eye could not see becomes its code point, as in `\u{1b}`.
 * That is: C0 and C1 controls (but not tab and line feed), the marks that turn the direction of writing (Unicode TR 9),
 * zero-width characters, line and paragraph separators, noncharacters, and halves of surrogate pairs. A backslash stays as it is.
 */
export const visible = (text: string): string => {
  // Nearly every text is such a one, and reports of large clusters ask of millions.
  if (plain.test(text)) return text
  return text.replace(
    /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Noncharacter_Code_Point}\u{e0000}-\u{e007f}]/gu,
    (character) => (character === '\t' || character === '\n' ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`),
  )
}

/** The same within one line: what a text says begins none of its own. */
export const visibleInLine = (text: string): string => visible(text).replaceAll('\n', '\\n')
