// WordPiece as BERT's uncased models have it: text to token numbers. Source: Devlin et al., BERT, 2019.
"use strict";

class WordPiece {
  constructor(vocabulary) {  // tokens in the order of their numbers
    this.numbers = new Map(vocabulary.map((token, number) => [token, number]));
  }

  encode(text, longest = 256) {
    const pieces = this.words(text).flatMap(word => this.split(word)).slice(0, longest - 2);
    return ["[CLS]", ...pieces, "[SEP]"].map(piece => this.numbers.get(piece));
  }

  // Lower case, without accents; each punctuation mark and each Chinese character is a word.
  words(text) {
    const plain = text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "").replace(/[^\P{C}\t\n\r]/gu, "");
    const mark = /[!-/:-@[-`{-~]|\p{P}|[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/gu;
    return plain.replace(mark, " $& ").split(/\s+/).filter(word => word);
  }

  // The longest known beginning, then the longest known continuations.
  split(word) {
    const letters = [...word], pieces = [];
    if (letters.length > 100) return ["[UNK]"];
    for (let start = 0; start < letters.length;) {
      let end = letters.length, piece;
      for (; end > start; end--) {
        piece = (start ? "##" : "") + letters.slice(start, end).join("");
        if (this.numbers.has(piece)) break;
      }
      if (end === start) return ["[UNK]"];
      pieces.push(piece);
      start = end;
    }
    return pieces;
  }
}
