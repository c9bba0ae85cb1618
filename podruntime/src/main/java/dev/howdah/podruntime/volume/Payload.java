// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.volume;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// The files of a volume that is made of API objects, or why they can't be made yet.
public sealed interface Payload {
  /// Relative paths and what is in them.
  record Files(Map<String, Content> files) implements Payload {
    public Files {
      files = Map.copyOf(files);
    }

    /// Both sets of files; the second wins where a path is in both.
    Files and(Files more) {
      var all = new TreeMap<>(files);
      all.putAll(more.files);
      return new Files(all);
    }
  }

  /// Something it is made of doesn't exist; the message is kubelet's.
  record Missing(String message) implements Payload {}

  /// One file.
  record Content(byte[] bytes, int mode) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Content that && mode == that.mode && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(bytes) + mode;
    }

    /// Without the bytes, which may be secret.
    @Override
    public String toString() {
      return "Content[%d bytes, %o]".formatted(bytes.length, mode);
    }
  }
}
