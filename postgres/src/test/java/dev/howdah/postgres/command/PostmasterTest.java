// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostmasterTest {
  @TempDir private Path folder;

  @Test
  void isKnownToWhoeverStartedItEvenWhenInterrupted() throws Exception {
    var program = Files.writeString(folder.resolve("postgres"), "#!/bin/sh\nexec sleep 60\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    var programs =
        new PostgresPrograms(new Installation(folder, 17, "17.0"), Launch.plain(), _ -> {});

    Thread.currentThread().interrupt();
    var postmaster = Postmaster.start(programs, folder, List.of(), _ -> {});

    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(postmaster.isAlive()).isTrue();
    assertThat(postmaster.kill(Duration.ofSeconds(60))).isTrue();
  }
}
