// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.howdah.postgres.TestInstance;
import dev.howdah.testing.PostgresBinaries;
import java.io.RandomAccessFile;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ControlFileIT {
  static List<PostgresBinaries> versions() {
    return PostgresBinaries.all();
  }

  @ParameterizedTest
  @MethodSource("versions")
  void oneThatIsDamagedIsNotBelieved(PostgresBinaries binaries) throws Exception {
    try (var instance = TestInstance.create("shop-1", binaries)) {
      assertThat(instance.programs.controlData(instance.pgData()).state())
          .isEqualTo(ControlData.State.SHUT_DOWN);

      try (var file =
          new RandomAccessFile(instance.pgData().resolve("global/pg_control").toFile(), "rw")) {
        file.write(new byte[512]);
      }

      assertThatThrownBy(() -> instance.programs.controlData(instance.pgData()))
          .isInstanceOf(DamagedControlFileException.class)
          .hasMessageContaining("clone the instance anew, or restore a backup");
    }
  }
}
