// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The user that all containers run as.
///
/// PostgreSQL refuses to run as root, so a runtime started as root drops to another user: the one
/// named in the settings, else the one who called sudo, else `postgres`. A runtime started by a
/// plain user runs containers as that user.
///
/// @param drop whether privileges are dropped, that is whether the runtime itself is root
public record RunAs(boolean drop, String user, int uid, int gid) {
  private static final Path PASSWD = Path.of("/etc/passwd");

  private record Account(String name, int uid, int gid) {}

  /// Decides by who runs this process.
  ///
  /// @param environment where `SUDO_UID` is looked for
  public static RunAs choose(Map<String, String> environment) throws IOException {
    int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    List<Account> accounts = accounts();
    if (self != 0) {
      Account own =
          byId(accounts, Integer.toString(self))
              .orElseThrow(() ->
                  new IOException(
                      "user id %d has no entry in %s, and PostgreSQL's initdb needs one: run as a user that has a name"
                          .formatted(self, PASSWD)));
      int gid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
      return new RunAs(false, own.name, own.uid, gid);
    }
    Account account = unprivileged(environment, accounts);
    return new RunAs(true, account.name, account.uid, account.gid);
  }

  private static Account unprivileged(Map<String, String> environment, List<Account> accounts)
      throws IOException {
    return byId(accounts, environment.getOrDefault("SUDO_UID", "0"))
        .filter(account -> account.uid != 0)
        .or(() -> byName(accounts, "postgres"))
        .orElseThrow(() ->
            new IOException(
                "running as root, but PostgreSQL refuses that and there is no user to drop to: run"
                    + " as a plain user, with sudo, or create a user postgres (useradd --system"
                    + " postgres)"));
  }

  /// Hands a file or folder to this user; does nothing when nobody has to be changed to.
  public void own(Path file) throws IOException {
    if (drop) {
      Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /// Lets this user read a folder of ours and change nothing in it: who may replace what is in a
  /// folder could make us follow a link. Does nothing when nobody has to be changed to.
  public void share(Path folder) throws IOException {
    if (drop) {
      Files.setAttribute(folder, "unix:uid", 0, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(folder, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
    }
  }

  /// Whether a file is one of this user's own, and no link to another's.
  public boolean owns(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(uid);
  }

  /// Fails unless this user can reach the folder: each parent must let others pass.
  public void checkReach(Path folder) throws IOException {
    if (!drop) {
      return;
    }
    for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
      if (!mayPass(at)) {
        throw new IOException(
            "user %s, as whom pods run, can't enter %s, which %s is in: allow it (chmod o+x %s) or choose another home folder"
                .formatted(user, at, folder, at));
      }
    }
  }

  private boolean mayPass(Path folder) throws IOException {
    Map<String, Object> facts = Files.readAttributes(folder, "unix:uid,gid,permissions");
    @SuppressWarnings("unchecked")
    var allowed = (Set<PosixFilePermission>) facts.get("permissions");
    PosixFilePermission needed =
        Integer.valueOf(uid).equals(facts.get("uid"))
            ? PosixFilePermission.OWNER_EXECUTE
            : Integer.valueOf(gid).equals(facts.get("gid"))
                ? PosixFilePermission.GROUP_EXECUTE
                : PosixFilePermission.OTHERS_EXECUTE;
    return allowed != null && allowed.contains(needed);
  }

  private static List<Account> accounts() throws IOException {
    return Files.readAllLines(PASSWD).stream()
        .map(line -> line.split(":", -1))
        .filter(part -> part.length > 3 && part[2].matches("\\d+") && part[3].matches("\\d+"))
        .map(part -> new Account(part[0], Integer.parseInt(part[2]), Integer.parseInt(part[3])))
        .toList();
  }

  private static Optional<Account> byName(List<Account> accounts, String name) {
    return accounts.stream().filter(account -> account.name.equals(name)).findFirst();
  }

  private static Optional<Account> byId(List<Account> accounts, String id) {
    return accounts.stream()
        .filter(account -> Integer.toString(account.uid).equals(id))
        .findFirst();
  }
}
