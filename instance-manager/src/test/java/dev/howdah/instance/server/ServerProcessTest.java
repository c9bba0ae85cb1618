// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.config.ServerConfiguration;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
  private static final ServerConfiguration NONE =
      new ServerConfiguration(new TreeMap<>(), new TreeMap<>(), "", "", "", "", "", "", List.of());

  @TempDir private Path folder;

  /// Whatever decided on it: a restart for a new parameter too.
  @Test
  void startsNoPrimaryWithoutAPermit() throws Exception {
    var process = Contexts.idle(folder);

    assertThatThrownBy(() -> process.start(process.generation(), NONE, true))
        .isInstanceOf(ServerProcess.Overtaken.class)
        .hasMessageContaining("permit");
  }

  /// A start whose volume didn't answer for some seconds, say: another instance may lead by now.
  @Test
  void startsNothingThatWasCalledOff() throws Exception {
    var process = Contexts.idle(folder);
    long planned = process.generation();

    assertThat(process.callOff()).isTrue();
    assertThatThrownBy(() -> process.start(planned, NONE, false))
        .isInstanceOf(ServerProcess.Overtaken.class);
  }

  @Test
  void aStandbyNeedsNone() throws Exception {
    var process = Contexts.idle(folder);

    assertThatThrownBy(() -> process.start(process.generation(), NONE, false))
        .hasMessageContaining("no program postgres");
  }
}
