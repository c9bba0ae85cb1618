// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.basebackup;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Passes everything on but the closing.
final class Unclosed extends FilterOutputStream {
  Unclosed(OutputStream out) {
    super(out);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
