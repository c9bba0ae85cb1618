// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The folder that holds everything `howdah up` keeps: the kubeconfig, the API server's store, the
/// pods' folders, the volumes with the databases.
///
/// It is `~/.howdah`. As root the databases run as another user, who can't reach into root's own
/// folder, so there the state lies in `/var/lib/howdah` and `~/.howdah` is a link to it.
record Home(Path path) {
  private static final Path ROOTS_STATE = Path.of("/var/lib/howdah");

  /// The folder asked for, or the default one; it need not exist yet.
  static Home resolve(@Nullable Path asked, Map<String, String> environment) {
    if (asked != null) {
      return new Home(asked.toAbsolutePath().normalize());
    }
    var variable = environment.get("HOWDAH_HOME");
    if (variable != null && !variable.isBlank()) {
      return new Home(Path.of(variable).toAbsolutePath().normalize());
    }
    return new Home(userHome(environment).resolve(".howdah"));
  }

  /// `$HOME`, as kubectl takes it; without one, what the system says of the user.
  static Path userHome(Map<String, String> environment) {
    var variable = environment.get("HOME");
    return Path.of(
        variable == null || variable.isBlank() ? System.getProperty("user.home") : variable);
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  Path kubeconfig() {
    return path.resolve("kubeconfig");
  }

  Path apiServer() {
    return path.resolve("apiserver");
  }

  Path runtime() {
    return path.resolve("runtime");
  }

  Path log() {
    return path.resolve("up.log");
  }

  /// The API server's port of last time, so that kubeconfigs in use stay true; 0 for none, also
  /// where a crash has cut the file short.
  int apiPort() throws IOException {
    var text = Files.exists(portFile()) ? Files.readString(portFile()).strip() : "";
    return text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
  }

  void rememberApiPort(int port) throws IOException {
    Files.writeString(portFile(), port + "\n");
  }

  private Path portFile() {
    return path.resolve("api-port");
  }

  /// Says which process serves this home: its pid, a line; see [Running].
  Path pidFile() {
    return path.resolve("up.pid");
  }

  /// Creates the folder, or checks that an existing one can be used. Throws a problem that names
  /// the folder and what to do, and leaves nothing new then.
  PreparedHome prepare() {
    var made = new ArrayDeque<Path>();
    try {
      if (isRoot()
          && path.equals(userHome(System.getenv()).resolve(".howdah"))
          && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        createFolder(ROOTS_STATE, made);
        createFolder(path.getParent(), made);
        Files.createSymbolicLink(path, ROOTS_STATE);
        made.push(path);
      }
      var folder = Files.exists(path) ? path.toRealPath() : path;
      createFolder(folder, made);
      if (made.contains(folder)) {
        makePrivate(folder);
      }
      var real = new Home(path.toRealPath());
      real.checkOwner();
      real.checkReachable();
      return new PreparedHome(real, made, real.mark());
    } catch (ProblemException e) {
      PreparedHome.delete(made);
      throw e;
    } catch (IOException e) {
      PreparedHome.delete(made);
      throw new ProblemException(
          new Problem(
              "HOME_UNUSABLE",
              "the state folder %s can't be made or read: %s".formatted(path, e.getMessage()),
              "Choose a folder that you may write to: howdah up --home DIR …"),
          e);
    }
  }

  private static void createFolder(@Nullable Path folder, Deque<Path> made) throws IOException {
    if (folder != null && !Files.exists(folder)) {
      createFolder(folder.getParent(), made);
      Files.createDirectory(folder);
      made.push(folder);
    }
  }

  /// Other users of this machine have nothing to look for in it; but as root the databases run as
  /// another user, who passes through.
  private static void makePrivate(Path folder) throws IOException {
    Files.setPosixFilePermissions(
        folder, PosixFilePermissions.fromString(isRoot() ? "rwx--x--x" : "rwx------"));
  }

  /// Whether `howdah up` made this folder its own: what isn't ours is never deleted.
  boolean isOurs() {
    return Files.exists(marker());
  }

  private Path marker() {
    return path.resolve("howdah-home");
  }

  /// A folder with other things in it is refused: `howdah down --delete-data` deletes all of it.
  ///
  /// @return whether it was this call that made the folder ours
  private boolean mark() throws IOException {
    if (isOurs()) {
      return false;
    }
    try (var content = Files.list(path)) {
      if (content.findAny().isPresent()) {
        throw new ProblemException(
            new Problem(
                "HOME_NOT_EMPTY",
                "%s holds other things, and none of howdah up".formatted(path),
                "Nothing was changed.",
                "Choose a new or empty folder: howdah up --home DIR …"));
      }
    }
    try {
      Files.writeString(
          marker(),
          "The state of howdah up. `howdah down --delete-data` deletes this folder.\n",
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false; // another howdah up was quicker
    }
  }

  private void checkOwner() throws IOException {
    var owner = Files.getOwner(path).getName();
    var me = System.getProperty("user.name");
    if (!owner.equals(me)) {
      throw new ProblemException(
          new Problem(
              "HOME_OF_ANOTHER_USER",
              "the state folder %s belongs to the user %s, and you are %s"
                  .formatted(path, owner, me),
              "Nothing was changed.",
              "Run howdah as %s, or choose a folder of your own: howdah up --home DIR …"
                  .formatted(owner)));
    }
  }

  /// As root the databases run as another user: each folder on the way must let others pass.
  private void checkReachable() throws IOException {
    if (!isRoot()) {
      return;
    }
    for (Path folder = path.getParent(); folder != null; folder = folder.getParent()) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
      if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)) {
        throw new ProblemException(
            new Problem(
                "HOME_UNREACHABLE",
                "the state folder %s lies in %s, which only its owner may enter"
                    .formatted(path, folder),
                "PostgreSQL refuses to run as root, so howdah runs it as another user, who could"
                    + " not reach its data there.",
                "Choose another folder (howdah up --home /var/lib/howdah …), or: chmod o+x "
                    + folder));
      }
    }
  }
}
