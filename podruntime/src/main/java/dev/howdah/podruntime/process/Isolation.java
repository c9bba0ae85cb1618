// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How far the kernel lets us part containers from each other.
///
/// With a mount namespace a container sees its own `/etc/hosts` and finds its root folder at the
/// same path as every other. With a PID namespace all its processes die with its main process, as
/// in a real container. Root may always do this; a plain user may where the kernel allows user
/// namespaces.
///
/// @param userNamespace a plain user gets the rest by a user namespace of its own
public record Isolation(boolean mounts, boolean pids, boolean userNamespace) {
  /// Neither: processes are told apart by session, descent and environment.
  public static final Isolation NONE = new Isolation(false, false, false);

  /// Tries what works on this machine, once.
  public static Isolation detect(Tools tools, RunAs runAs) {
    boolean user = !runAs.drop();
    for (boolean pids : List.of(true, false)) {
      var isolation = new Isolation(true, pids, user);
      if (isolation.works(tools)) {
        return isolation;
      }
    }
    return NONE;
  }

  /// The command that enters fresh namespaces and goes on with what follows.
  List<String> enter(Tools tools) {
    var command = new ArrayList<String>();
    if (mounts) {
      command.addAll(List.of(tools.unshare().toString(), "--mount", "--uts"));
      if (userNamespace) {
        command.addAll(List.of("--user", "--map-current-user", "--keep-caps"));
      }
    }
    return command;
  }

  /// The command that enters the namespaces of a running process and goes on with what follows.
  List<String> join(Tools tools, long pid) {
    var command = new ArrayList<String>();
    if (mounts) {
      command.addAll(
          List.of(tools.nsenter().toString(), "--target", Long.toString(pid), "--mount", "--uts"));
      if (pids) {
        command.add("--pid");
      }
      if (userNamespace) {
        command.addAll(List.of("--user", "--preserve-credentials"));
      }
    }
    return command;
  }

  /// Options of setpriv that take away what is left of privileges.
  List<String> drop(RunAs runAs) {
    var options = new ArrayList<String>();
    if (runAs.drop()) {
      options.addAll(List.of("--reuid=" + runAs.uid(), "--regid=" + runAs.gid(), "--clear-groups"));
    }
    options.add("--no-new-privs");
    if (runAs.drop() || userNamespace) {
      options.addAll(List.of("--inh-caps=-all", "--bounding-set=-all"));
    }
    if (userNamespace) {
      options.add("--ambient-caps=-all");
    }
    return options;
  }

  private boolean works(Tools tools) {
    var command = new ArrayList<>(enter(tools));
    if (pids) {
      command.addAll(List.of("--pid", "--fork"));
    }
    String attempt =
        "mount --bind /etc/passwd /etc/hosts" + (pids ? " && mount -t proc proc /proc" : "");
    command.addAll(List.of(tools.sh().toString(), "-c", attempt));
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", Tools.PATH);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.directory(Path.of("/").toFile());
    try {
      Process process = builder.start();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
