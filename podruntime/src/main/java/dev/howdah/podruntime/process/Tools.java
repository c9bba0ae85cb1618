// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The programs of the operating system that start containers, by absolute path, so that no
/// container's `PATH` decides what runs before its privileges are dropped.
public record Tools(Path sh, Path env, Path setsid, Path setpriv, Path unshare, Path nsenter) {
  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

  /// The search path of the launch script itself.
  static final String PATH = String.join(":", FOLDERS);

  /// Finds them, or says which package is missing.
  public static Tools find() throws IOException {
    var missing = new ArrayList<String>();
    var tools =
        new Tools(
            need("sh", missing),
            need("env", missing),
            need("setsid", missing),
            need("setpriv", missing),
            need("unshare", missing),
            need("nsenter", missing));
    if (!missing.isEmpty()) {
      throw new IOException(
          "the programs %s are missing, which start and isolate pods; on Debian and Ubuntu: apt-get install util-linux coreutils dash"
              .formatted(String.join(", ", missing)));
    }
    return tools;
  }

  /// A program of the operating system by name.
  public static Optional<Path> find(String name) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Path need(String name, List<String> missing) {
    return find(name)
        .orElseGet(() -> {
          missing.add(name);
          return Path.of(name);
        });
  }
}
