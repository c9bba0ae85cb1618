// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// The other ends of a program's standard streams, as far as anybody holds them.
///
/// @param sizes new sizes of the client's terminal
public record Streams(
    @Nullable InputStream stdin,
    @Nullable OutputStream stdout,
    @Nullable OutputStream stderr,
    BlockingQueue<Size> sizes) {
  /// Of a terminal.
  public record Size(int columns, int rows) {}
}
