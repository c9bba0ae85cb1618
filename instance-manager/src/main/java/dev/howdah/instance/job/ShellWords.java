// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.job;

import java.util.ArrayList;
import java.util.List;

/// Splits a text into words as a POSIX shell would, without substituting anything: how lists travel
/// in one argument.
final class ShellWords {
  private ShellWords() {}

  /// @throws IllegalArgumentException if a quote is not closed
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    var word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == '\'') {
        if (c == '\'') {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\\' && i + 1 < text.length() && isEscaped(quote, text.charAt(i + 1))) {
        word.append(text.charAt(++i));
        inWord = true;
      } else if (quote == '"') {
        if (c == '"') {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        inWord = true;
      } else if (Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new IllegalArgumentException("a quote is not closed: " + text);
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  /// Inside double quotes a backslash only escapes what is special there.
  private static boolean isEscaped(char quote, char next) {
    return quote == 0 || "\\\"$`".indexOf(next) >= 0;
  }
}
