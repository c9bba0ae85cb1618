// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Rules of recovery from a backup, and of where it stops.
final class RecoveryRules {
  private static final Pattern LSN = Pattern.compile("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");
  private static final Pattern TIMELINE = Pattern.compile("latest|0*[1-9][0-9]{0,9}");
  private static final long LAST_XID = 0xFFFF_FFFFL;
  private static final int LONGEST_NAME = 63;

  private RecoveryRules() {}

  static void check(Place spec, Findings findings) {
    Place recovery = spec.at("bootstrap", "recovery");
    if (!recovery.present()) {
      return;
    }
    Place source = recovery.at("source");
    if (source.filled()) {
      ExternalClusterRules.mustExist(spec, source, findings);
    }
    Place snapshots = recovery.at("volumeSnapshots");
    if (recovery.at("backup").present() && snapshots.present()) {
      findings.forbidden(
          recovery.at("backup"),
          "backup and volumeSnapshots exclude each other",
          "keep one of them");
    }
    if (!recovery.at("backup").present() && !snapshots.present() && !source.filled()) {
      findings.required(
          recovery,
          "says nothing of where to recover from",
          "add backup, source or volumeSnapshots");
    }
    if (snapshots.present()) {
      origin(snapshots.at("storage"), findings);
      if (snapshots.at("walStorage").present()) {
        origin(snapshots.at("walStorage"), findings);
        if (!spec.at("walStorage").present()) {
          findings.invalid(
              snapshots.at("walStorage"),
              "there is no spec.walStorage to recover it to",
              "add that, or remove this");
        }
      }
      for (String key : snapshots.at("tablespaceStorage").keys()) {
        origin(snapshots.at("tablespaceStorage").entry(key), findings);
      }
    }
    target(recovery.at("recoveryTarget"), snapshots.present(), findings);
  }

  private static void origin(Place origin, Findings findings) {
    String group = origin.at("apiGroup").text();
    String kind = origin.at("kind").text();
    boolean snapshot = group.equals("snapshot.storage.k8s.io") && kind.equals("VolumeSnapshot");
    boolean volume = group.isEmpty() && kind.equals("PersistentVolumeClaim");
    if (!snapshot && !volume) {
      findings.notSupported(
          origin.at("kind"),
          "neither a VolumeSnapshot of group snapshot.storage.k8s.io nor a PersistentVolumeClaim",
          "correct kind and apiGroup");
    }
  }

  private static void target(Place target, boolean snapshots, Findings findings) {
    if (!target.present()) {
      return;
    }
    List<String> chosen =
        Stream.of("targetImmediate", "targetLSN", "targetName", "targetXID", "targetTime")
            .filter(name -> target.at(name).filled() && !target.at(name).isFalse())
            .toList();
    if (chosen.size() > 1) {
      findings.forbidden(
          target, String.join(" and ", chosen) + " exclude each other", "keep one of them");
    }
    form(target, findings);
    Place backup = target.at("backupID");
    if (snapshots && backup.filled()) {
      findings.forbidden(
          backup, "volumeSnapshots already say what to restore", "remove one of the two");
    }
    boolean needsBackup =
        chosen.contains("targetName")
            || chosen.contains("targetXID")
            || chosen.contains("targetImmediate");
    if (needsBackup && !snapshots && !backup.filled()) {
      findings.required(
          backup,
          "needed with targetName, targetXID and targetImmediate, as these don't say which base"
              + " backup lies before them",
          "write the id of the base backup");
    }
  }

  private static void form(Place target, Findings findings) {
    Place time = target.at("targetTime");
    if (time.filled() && TargetTime.parse(time.text()).isEmpty()) {
      findings.invalid(time, "not a moment", "write it as 2026-01-31T12:00:00Z");
    }
    Place position = target.at("targetLSN");
    if (position.filled() && !LSN.matcher(position.text()).matches()) {
      findings.invalid(position, "not a position of the WAL", "write it as 16/B374D848");
    }
    Place transaction = target.at("targetXID");
    if (transaction.filled() && !isTransaction(transaction.text())) {
      findings.invalid(transaction, "not a transaction", "write a number from 0 to 4294967295");
    }
    Place name = target.at("targetName");
    if (name.text().getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
      findings.invalid(
          name, "longer than 63 bytes, as no restore point is", "write the restore point's name");
    }
    if (name.text().chars().anyMatch(Character::isISOControl)) {
      findings.invalid(name, "holds control characters", "write the restore point's name");
    }
    Place timeline = target.at("targetTLI");
    if (timeline.filled() && !TIMELINE.matcher(timeline.text()).matches()) {
      findings.invalid(timeline, "not a timeline", "write latest, or a number from 1");
    }
  }

  private static boolean isTransaction(String text) {
    return text.matches("[0-9]{1,10}") && Long.parseLong(text) <= LAST_XID;
  }
}
