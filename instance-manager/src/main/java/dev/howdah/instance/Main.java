// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance;

import dev.howdah.instance.backup.BackupCommand;
import dev.howdah.instance.job.CopyJob;
import dev.howdah.instance.job.InitJob;
import dev.howdah.instance.job.JoinJob;
import dev.howdah.instance.recovery.InPlaceRestore;
import dev.howdah.instance.recovery.RestoreJob;
import dev.howdah.instance.recovery.SnapshotJob;
import dev.howdah.instance.run.InstanceRun;
import dev.howdah.log.JsonLog;
import dev.howdah.log.LogSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The instance manager's commands. `bootstrap` is the launcher's own, as it needs no Java.
public final class Main {
  /// A wrong call.
  private static final int USAGE = 2;

  private Main() {}

  /// Runs a command and ends the process with its exit code.
  public static void main(String[] words) {
    int code;
    try {
      Arguments arguments = Arguments.parse(words);
      JsonLog.use(
          new LogSettings(
              LogSettings.level(arguments.option("log-level", "info")),
              arguments.option("log-field-level", "level"),
              arguments.option("log-field-timestamp", "ts"),
              System.getenv().getOrDefault("POD_NAME", "")));
      code = run(arguments);
    } catch (IllegalArgumentException e) {
      log().error(String.valueOf(e.getMessage()));
      code = USAGE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      code = 130;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      log().atError().setCause(e).log("command failed");
      code = 1;
    }
    JsonLog.current().flush();
    Runtime.getRuntime().halt(code);
  }

  private static Logger log() {
    return LoggerFactory.getLogger("dev.howdah.instance-manager");
  }

  private static int run(Arguments arguments)
      throws IOException, InterruptedException, GeneralSecurityException {
    return switch (arguments.command()) {
      case "instance run" -> new InstanceRun(pod()).run();
      case "instance init" -> new InitJob(pod(), arguments).run();
      case "instance join" ->
          new JoinJob(pod(), arguments.option("parent-node", pod().cluster() + "-rw")).run();
      case "train" ->
          Training.run(Path.of(arguments.rest().getFirst()), Path.of(arguments.rest().getLast()));
      case "instance pgbasebackup" -> new CopyJob(pod(), arguments).run();
      case "instance restore" ->
          arguments.has("in-place")
              ? new InPlaceRestore(pod(), arguments).run()
              : new RestoreJob(pod(), arguments).run();
      case "instance restoresnapshot" -> new SnapshotJob(pod(), arguments).run();
      case "backup" -> backup(arguments).run();
      case "instance upgrade" -> refuse(arguments, "upgrading to another major version");
      default ->
          throw new IllegalArgumentException(
              "unknown command \"" + arguments.command() + "\"; there are: " + Arguments.COMMANDS);
    };
  }

  private static BackupCommand backup(Arguments arguments) {
    if (arguments.rest().isEmpty()) {
      throw new IllegalArgumentException("manager backup: name the Backup to take");
    }
    return new BackupCommand(pod(), arguments.rest().getFirst(), arguments.option("session", ""));
  }

  private static PodEnvironment pod() {
    return PodEnvironment.of(System.getenv());
  }

  private static int refuse(Arguments arguments, String what) {
    throw new IllegalArgumentException(
        "manager " + arguments.command() + ": " + what + " is not part of this version");
  }
}
