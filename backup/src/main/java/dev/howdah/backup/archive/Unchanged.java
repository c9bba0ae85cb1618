// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.archive;

import dev.howdah.objectstore.Body;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// That a file which was read is still the one that it was before. PostgreSQL renames a segment
/// before it writes it anew, so what was read before that is whole.
///
/// @param file what is watched; null: nothing, it doesn't change
/// @param identity of the file when it began
record Unchanged(@Nullable Path file, String identity) {
  static final Unchanged SURELY = new Unchanged(null, "");

  /// @throws NoSuchFileException if it isn't there
  static Unchanged since(Path file) throws IOException {
    return new Unchanged(file, identity(file));
  }

  private static String identity(Path file) throws IOException {
    return String.valueOf(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  /// @throws NoSuchFileException if it is gone, or another
  void check() throws IOException {
    if (file != null && !identity(file).equals(identity)) {
      throw new NoSuchFileException(file.toString(), null, "it is another file now");
    }
  }

  /// Whether something failed since the file is gone.
  boolean isBrokenBy(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (file != null
          && t instanceof NoSuchFileException gone
          && file.toString().equals(gone.getFile())) {
        return true;
      }
    }
    return false;
  }

  /// What a file holds; its end is given only while it is unchanged, so that no store takes half of
  /// it for a whole object.
  Body body(Path from) throws IOException {
    return file == null ? Body.of(from) : new Checked(from, Files.size(from));
  }

  private final class Checked implements Body {
    private final Path from;
    private final long length;

    Checked(Path from, long length) {
      this.from = from;
      this.length = length;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public InputStream open() throws IOException {
      return new FilterInputStream(Files.newInputStream(from)) {
        private long left = length;

        @Override
        public int read() throws IOException {
          var one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int most) throws IOException {
          int n = super.read(into, offset, most);
          left -= Math.max(0, n);
          if (left <= 0) {
            check();
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
}
