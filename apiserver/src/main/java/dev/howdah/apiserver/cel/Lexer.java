// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Splits an expression into tokens.
final class Lexer {
  enum Kind {
    IDENTIFIER,
    LITERAL,
    SYMBOL,
    END
  }

  /// One token; `value` is that of a literal. `quoted` identifiers stood in backquotes.
  record Token(Kind kind, String text, Object value, int position) {
    boolean is(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }
  }

  private static final List<String> SYMBOLS =
      List.of(
          "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".",
          ",", "(", ")", "[", "]", "{", "}");

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int position;

  private Lexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    var lexer = new Lexer(text);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    for (skipBlanks(); position < text.length(); skipBlanks()) {
      var start = position;
      var c = text.charAt(position);
      if (isDigit(c) || (c == '.' && position + 1 < text.length() && isDigit(peek(1)))) {
        add(Kind.LITERAL, start, number());
      } else if (startsString()) {
        add(Kind.LITERAL, start, string());
      } else if (c == '`') {
        quotedIdentifier();
      } else if (isIdentifierStart(c)) {
        while (position < text.length() && isIdentifierPart(text.charAt(position))) {
          position++;
        }
        identifier(start);
      } else {
        symbol();
      }
    }
    tokens.add(new Token(Kind.END, "<EOF>", "", position));
  }

  private void add(Kind kind, int start, Object value) {
    tokens.add(new Token(kind, text.substring(start, position), value, start));
  }

  private void identifier(int start) {
    switch (text.substring(start, position)) {
      case "true" -> add(Kind.LITERAL, start, true);
      case "false" -> add(Kind.LITERAL, start, false);
      case "null" -> add(Kind.LITERAL, start, Values.NULL);
      case "in" -> add(Kind.SYMBOL, start, "");
      default -> add(Kind.IDENTIFIER, start, "");
    }
  }

  private void quotedIdentifier() {
    var end = text.indexOf('`', position + 1);
    if (end < 0) {
      throw error("unterminated quoted identifier");
    }
    tokens.add(new Token(Kind.IDENTIFIER, text.substring(position + 1, end), "", position));
    position = end + 1;
  }

  private void symbol() {
    for (var symbol : SYMBOLS) {
      if (text.startsWith(symbol, position)) {
        position += symbol.length();
        add(Kind.SYMBOL, position - symbol.length(), "");
        return;
      }
    }
    throw error("token recognition error at: '" + text.charAt(position) + "'");
  }

  private void skipBlanks() {
    while (position < text.length()) {
      if (Character.isWhitespace(text.charAt(position))) {
        position++;
      } else if (text.startsWith("//", position)) {
        var end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
      } else {
        return;
      }
    }
  }

  private char peek(int ahead) {
    var at = position + ahead;
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isIdentifierStart(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isIdentifierPart(char c) {
    return isIdentifierStart(c) || isDigit(c);
  }

  private Object number() {
    var start = position;
    if (text.startsWith("0x", position) || text.startsWith("0X", position)) {
      position += 2;
      while (Character.digit(peek(0), 16) >= 0) {
        position++;
      }
      return integer(text.substring(start + 2, position), 16);
    }
    digits();
    var real = false;
    if (peek(0) == '.' && isDigit(peek(1))) {
      real = true;
      position++;
      digits();
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      real = true;
      position++;
      if (peek(0) == '+' || peek(0) == '-') {
        position++;
      }
      digits();
    }
    var literal = text.substring(start, position);
    return real ? (Object) Double.valueOf(literal) : integer(literal, 10);
  }

  private void digits() {
    while (isDigit(peek(0))) {
      position++;
    }
  }

  private Object integer(String digits, int radix) {
    try {
      if (peek(0) == 'u' || peek(0) == 'U') {
        position++;
        return new Values.Unsigned(Long.parseUnsignedLong(digits, radix));
      }
      // The sign of the smallest number is not part of its literal.
      return Long.parseUnsignedLong(digits, radix);
    } catch (NumberFormatException e) {
      throw error("invalid int literal");
    }
  }

  private boolean startsString() {
    var at = position;
    while (at < text.length() && at < position + 2 && "rRbB".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'');
  }

  private Object string() {
    var raw = false;
    var bytes = false;
    while (peek(0) != '"' && peek(0) != '\'') {
      raw |= Character.toLowerCase(peek(0)) == 'r';
      bytes |= Character.toLowerCase(peek(0)) == 'b';
      position++;
    }
    var quote = String.valueOf(peek(0));
    var delimiter = text.startsWith(quote.repeat(3), position) ? quote.repeat(3) : quote;
    position += delimiter.length();
    var out = new ByteArrayOutputStream();
    while (!text.startsWith(delimiter, position)) {
      if (position >= text.length() || (delimiter.length() == 1 && peek(0) == '\n')) {
        throw error("unterminated string literal");
      }
      if (peek(0) == '\\' && !raw) {
        escape(out, bytes);
      } else {
        write(out, text.codePointAt(position));
        position += Character.charCount(text.codePointAt(position));
      }
    }
    position += delimiter.length();
    return bytes
        ? new Values.Bytes(out.toByteArray())
        : new String(out.toByteArray(), StandardCharsets.UTF_8);
  }

  private static void write(ByteArrayOutputStream out, int codePoint) {
    out.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
  }

  private void escape(ByteArrayOutputStream out, boolean bytes) {
    var c = peek(1);
    position += 2;
    switch (c) {
      case 'a' -> out.write(7);
      case 'b' -> out.write('\b');
      case 'f' -> out.write('\f');
      case 'n' -> out.write('\n');
      case 'r' -> out.write('\r');
      case 't' -> out.write('\t');
      case 'v' -> out.write(11);
      case '\\', '\'', '"', '`', '?' -> out.write(c);
      case 'x', 'X' -> coded(out, 2, 16, bytes);
      case 'u' -> coded(out, 4, 16, false);
      case 'U' -> coded(out, 8, 16, false);
      case '0', '1', '2', '3' -> {
        position--;
        coded(out, 3, 8, bytes);
      }
      default -> throw error("unable to unescape string");
    }
  }

  private void coded(ByteArrayOutputStream out, int length, int radix, boolean asByte) {
    try {
      var value =
          Integer.parseInt(
              text.substring(position, Math.min(position + length, text.length())), radix);
      position += length;
      if (asByte) {
        out.write(value);
      } else {
        write(out, value);
      }
    } catch (NumberFormatException e) {
      throw error("unable to unescape string");
    }
  }

  private CelException error(String what) {
    return new CelException("ERROR: <input>:1:%d: Syntax error: %s".formatted(position + 1, what));
  }
}
