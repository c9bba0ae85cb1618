// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.log;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/// Splits PostgreSQL's CSV log into records: values may hold line ends, and quotes are doubled.
final class CsvRecords {
  private static final int LONGEST_VALUE = 64 * 1024;
  private static final int LARGEST_RECORD = 1024 * 1024;

  private final BufferedReader in;

  CsvRecords(Reader in) {
    this.in = new BufferedReader(in, 8192);
  }

  /// The next record; empty at the end of the log. A value that is very long is cut.
  List<String> next() throws IOException {
    List<String> values = new ArrayList<>(27);
    var value = new StringBuilder();
    boolean quoted = false;
    int read = 0;
    int c = in.read();
    if (c < 0) {
      return List.of();
    }
    while (c >= 0) {
      read++;
      if (c == '"' && quoted) {
        in.mark(1);
        if (in.read() == '"') {
          append(value, '"');
        } else {
          in.reset();
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (!quoted && c == ',') {
        values.add(value.toString());
        value.setLength(0);
      } else if (!quoted && c == '\n') {
        break;
      } else {
        append(value, (char) c);
      }
      if (read > LARGEST_RECORD) {
        break; // not a log: start over with what comes next
      }
      c = in.read();
    }
    values.add(value.toString());
    return values;
  }

  private static void append(StringBuilder value, char c) {
    if (value.length() < LONGEST_VALUE) {
      value.append(c);
    }
  }
}
