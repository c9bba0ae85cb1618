// SPDX-License-Identifier: Apache-2.0
package dev.howdah.objectstore.s3;

import dev.howdah.objectstore.Body;
import dev.howdah.objectstore.StoreException;
import dev.howdah.objectstore.StoreException.Kind;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Locale;
import java.util.zip.CRC32C;

/// The checksum that goes along with each object and part, and that the server checks (Amazon S3
/// user guide, "Checking object integrity").
final class Checksum {
  static final String ALGORITHM_HEADER = "x-amz-checksum-algorithm";
  static final String ALGORITHM = "CRC32C";
  static final String HEADER = "x-amz-checksum-crc32c";

  private Checksum() {}

  static String of(Body body) {
    var crc = new CRC32C();
    try (var in = body.open()) {
      var chunk = new byte[64 * 1024];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        crc.update(chunk, 0, n);
      }
    } catch (IOException e) {
      throw new StoreException(Kind.REFUSED, "what to send can't be read: " + e.getMessage(), e);
    }
    return text(crc);
  }

  private static String text(CRC32C crc) {
    return Base64.getEncoder()
        .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  /// Whether a server refused because it doesn't know these headers, as older ones do.
  static boolean isNotUnderstood(StoreException e) {
    var message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return e.kind() == Kind.REFUSED
            && (message.contains("checksum")
                || message.contains("notimplemented")
                || message.contains("invalidargument")
                || message.contains("invalidrequest"))
        || isNotImplemented(e);
  }

  /// Whether a server said that it doesn't have what some header asks for.
  static boolean isNotImplemented(StoreException e) {
    return String.valueOf(e.getMessage()).contains(": 501 ");
  }

  /// A stream that fails at its end when what went through is not what the server has stored.
  static InputStream checking(InputStream in, String expected, String key) {
    var crc = new CRC32C();
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n > 0) {
          crc.update(into, offset, n);
        } else if (n < 0 && !text(crc).equals(expected)) {
          throw new IOException(key + " arrived damaged: its checksum is not " + expected);
        }
        return n;
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    };
  }
}
