// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.process.ContainerProcess;
import dev.howdah.podruntime.process.Streams;
import dev.howdah.podruntime.process.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Standard input of a container, and the terminal of one that has one. Both end with the runtime
/// that started the container.
final class Pipes {
  private volatile @Nullable Terminal terminal;
  private volatile @Nullable OutputStream input;

  void open(ContainerProcess process, @Nullable Terminal fresh, Path log) {
    terminal = fresh;
    input = fresh == null ? process.stdin() : fresh.input();
    if (fresh != null) {
      Thread.ofPlatform().daemon().name("terminal").start(() -> keep(fresh, log));
    }
  }

  /// What a terminal shows goes to the log, where everybody reads it from.
  private static void keep(Terminal terminal, Path log) {
    byte[] buffer = new byte[16 * 1024];
    try (InputStream in = terminal.output();
        OutputStream out = Files.newOutputStream(log, StandardOpenOption.APPEND)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    } catch (IOException e) {
      // The container or its log is gone.
    }
  }

  Optional<OutputStream> input() {
    return Optional.ofNullable(input);
  }

  /// Passes terminal sizes on while a client is attached; nothing without a terminal.
  Optional<Thread> followSizes(Streams streams) {
    Terminal current = terminal;
    return current == null
        ? Optional.empty()
        : Optional.of(dev.howdah.podruntime.process.Session.followSizes(current, streams));
  }

  boolean hasTerminal() {
    return terminal != null;
  }

  /// Ends the input, for a client that has no more.
  void endInput() {
    OutputStream current = input;
    if (current != null && terminal == null) {
      try {
        current.close();
      } catch (IOException e) {
        // The container doesn't read it any more.
      }
    }
  }

  void close() {
    endInput();
    Terminal current = terminal;
    if (current != null) {
      current.close();
    }
    terminal = null;
    input = null;
  }
}
