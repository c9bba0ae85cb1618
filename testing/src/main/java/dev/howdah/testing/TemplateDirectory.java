// SPDX-License-Identifier: Apache-2.0
package dev.howdah.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Data directories to copy from, so that `initdb` runs once per version and machine.
final class TemplateDirectory {
  private static final String GENERATION = "1";

  private TemplateDirectory() {}

  static synchronized Path of(PostgresBinaries binaries) {
    Path cache = Path.of("/tmp", "howdah-testing-" + ServerUser.name());
    Path template =
        cache.resolve(
            "%s-%s-%08x"
                .formatted(
                    binaries.version(), GENERATION, binaries.folder().toString().hashCode()));
    if (isComplete(template)) {
      return template;
    }
    ServerUser.runAsServer(List.of("mkdir", "-p", "-m", "0700", cache.toString()));
    // Other test processes may want the same one now.
    try (var lock =
            FileChannel.open(
                cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = lock.lock()) {
      if (!isComplete(template)) {
        create(binaries, template);
      }
      return template;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isComplete(Path template) {
    return Files.exists(template.resolve("PG_VERSION"));
  }

  private static void create(PostgresBinaries binaries, Path template) {
    Path building = template.resolveSibling(template.getFileName() + ".new");
    ServerUser.delete(building);
    ServerUser.runAsServer(
        List.of(
            binaries.program("initdb").toString(),
            "--pgdata=" + building,
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--no-sync",
            "--no-instructions"));
    ServerUser.runAsServer(List.of("mv", building.toString(), template.toString()));
  }
}
