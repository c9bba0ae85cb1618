// SPDX-License-Identifier: Apache-2.0
package dev.howdah.backup.compat;

import dev.howdah.testing.PostgresBinaries;
import dev.howdah.testing.ServerUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tukaani.xz.XZInputStream;

/// The PostgreSQL that the tests bring along, newer than the one of the machine: a server without
/// client programs. It stays unpacked for the next run.
final class BundledPostgres {
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

  private BundledPostgres() {}

  static PostgresBinaries get() throws IOException {
    var version = System.getProperty("howdah.bundled.postgres");
    var home = Path.of("/tmp", "howdah-testing-" + ServerUser.name(), "bundled-" + version);
    if (!Files.exists(home)) {
      var folder = ServerUser.temporaryDirectory("bundled");
      try {
        unpack(folder);
        ServerUser.runAsServer(List.of("mkdir", "-p", "-m", "0700", home.getParent().toString()));
        // another process may have been faster
        ServerUser.runAsServer(List.of("mv", "-nT", folder.toString(), home.toString()));
      } finally {
        ServerUser.delete(folder);
      }
    }
    return new PostgresBinaries(home.resolve("bin"), version);
  }

  private static void unpack(Path folder) throws IOException {
    var plain = folder.resolve("bundle.tar");
    try (var in = BundledPostgres.class.getResourceAsStream(ARCHIVE);
        var xz = new XZInputStream(in)) {
      Files.copy(xz, plain);
    }
    ServerUser.own(plain);
    ServerUser.runAsServer(List.of("tar", "-xf", plain.toString(), "-C", folder.toString()));
    Files.delete(plain);
  }
}
