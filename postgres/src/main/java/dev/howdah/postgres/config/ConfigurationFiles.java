// SPDX-License-Identifier: Apache-2.0
package dev.howdah.postgres.config;

import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Brings the configuration files of a data directory into the wanted state: each by an atomic
/// rename, mode 0600.
public final class ConfigurationFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> READ_ONLY =
      PosixFilePermissions.fromString("r--------");

  private static final String AUTO_CONF = "postgresql.auto.conf";
  private static final String MAIN_CONF = "postgresql.conf";

  private final Path dataDirectory;

  public ConfigurationFiles(Path dataDirectory) {
    this.dataDirectory = dataDirectory;
  }

  /// Writes what differs and returns the names of the files that were changed.
  public Set<String> write(ServerConfiguration configuration) throws IOException {
    var changed = new TreeSet<String>();
    for (Map.Entry<String, String> file : configuration.files().entrySet()) {
      replace(file.getKey(), file.getValue(), changed);
    }
    replace(MAIN_CONF, MainConf.withIncludes(read(MAIN_CONF)), changed);
    if (Files.exists(dataDirectory.resolve(AUTO_CONF))) {
      replace(AUTO_CONF, MainConf.withoutFixed(read(AUTO_CONF)), changed);
    }
    return changed;
  }

  /// Takes back what `ALTER SYSTEM` has said about these parameters, in data that came from
  /// elsewhere: it would have the last word.
  public void forgetAlterSystem(Set<String> parameters) throws IOException {
    var names = new TreeSet<String>();
    parameters.forEach(name -> names.add(ParameterTable.key(name)));
    if (Files.exists(dataDirectory.resolve(AUTO_CONF))) {
      replace(AUTO_CONF, MainConf.without(read(AUTO_CONF), names::contains), new TreeSet<>());
    }
  }

  /// Lets `ALTER SYSTEM` work or not, for majors before 17 that have no setting for it: PostgreSQL
  /// wants to write the file before it replaces it.
  public void allowAlterSystem(boolean allowed) throws IOException {
    Path auto = dataDirectory.resolve(AUTO_CONF);
    if (!Files.exists(auto)) {
      Files.createFile(auto, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    Files.setPosixFilePermissions(auto, allowed ? OWNER_ONLY : READ_ONLY);
  }

  private String read(String name) throws IOException {
    Path file = dataDirectory.resolve(name);
    return Files.exists(file) ? Files.readString(file, charset(name)) : "";
  }

  private void replace(String name, String content, Set<String> changed) throws IOException {
    Path file = dataDirectory.resolve(name);
    if (Files.isRegularFile(file) && read(name).equals(content)) {
      return;
    }
    Set<PosixFilePermission> mode =
        name.equals(AUTO_CONF) && Files.exists(file)
            ? Files.getPosixFilePermissions(file)
            : OWNER_ONLY;
    DurableFiles.write(file, content.getBytes(charset(name)), mode);
    changed.add(name);
  }

  /// Files that are not ours alone may hold any bytes, which must survive.
  private static Charset charset(String name) {
    return name.equals(MAIN_CONF) || name.equals(AUTO_CONF)
        ? StandardCharsets.ISO_8859_1
        : StandardCharsets.UTF_8;
  }
}
