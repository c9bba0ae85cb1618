// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.core.wal.Lsn;

/// What an instance manager answered on `/pg/status`.
///
/// @param reachable false: it didn't answer, and all else is as if unknown
/// @param trouble why it didn't answer, or what it says is wrong
/// @param unavailable the server is stopped on purpose (fenced, being restarted)
/// @param pendingDecrease a smaller value of a parameter that standbys must not fall below waits
///   for a restart of the primary
/// @param configuration hash of the configuration in force
/// @param refused the target of a switchover that this primary has given up; empty when none
public record InstanceReport(
    boolean reachable,
    String trouble,
    boolean primary,
    int timeline,
    String systemId,
    Lsn received,
    Lsn replayed,
    Lsn current,
    boolean streaming,
    boolean pendingRestart,
    boolean pendingDecrease,
    boolean rewinding,
    boolean unavailable,
    boolean archiving,
    String configuration,
    String executable,
    String version,
    String session,
    String refused,
    Program program) {

  /// The build of the instance manager.
  ///
  /// @param architecture that it runs on, as Java calls it
  /// @param updating it is about to be replaced by another build
  /// @param failure why that came to nothing; empty if it didn't
  public record Program(String architecture, boolean updating, String failure) {
    public static final Program UNKNOWN = new Program("", false, "");
  }

  /// One that says nothing of its build.
  public InstanceReport(
      boolean reachable,
      String trouble,
      boolean primary,
      int timeline,
      String systemId,
      Lsn received,
      Lsn replayed,
      Lsn current,
      boolean streaming,
      boolean pendingRestart,
      boolean pendingDecrease,
      boolean rewinding,
      boolean unavailable,
      boolean archiving,
      String configuration,
      String executable,
      String version,
      String session,
      String refused) {
    this(
        reachable,
        trouble,
        primary,
        timeline,
        systemId,
        received,
        replayed,
        current,
        streaming,
        pendingRestart,
        pendingDecrease,
        rewinding,
        unavailable,
        archiving,
        configuration,
        executable,
        version,
        session,
        refused,
        Program.UNKNOWN);
  }

  /// No answer.
  public static InstanceReport unreachable(String why) {
    return new InstanceReport(
        false, why, false, 0, "", Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, false, false, false, false, false,
        false, "", "", "", "", "");
  }

  /// Reads an answer.
  public static InstanceReport of(JsonNode answer) {
    return new InstanceReport(
        true,
        answer.path("mightBeUnavailableMaskedError").asText(answer.path("error").asText("")),
        answer.path("isPrimary").asBoolean(false),
        answer.path("timeLineID").asInt(0),
        answer.path("systemID").asText(""),
        lsn(answer.path("receivedLsn")),
        lsn(answer.path("replayLsn")),
        lsn(answer.path("currentLsn")),
        answer.path("isWalReceiverActive").asBoolean(false),
        answer.path("pendingRestart").asBoolean(false),
        answer.path("pendingRestartForDecrease").asBoolean(false),
        answer.path("isPgRewindRunning").asBoolean(false),
        answer.path("mightBeUnavailable").asBoolean(false),
        answer.path("isArchivingWAL").asBoolean(false),
        answer.path("loadedConfigurationHash").asText(""),
        answer.path("executableHash").asText(""),
        answer.path("instanceManagerVersion").asText(""),
        answer.path("sessionID").asText(""),
        answer.path("switchoverAborted").asText(""),
        new Program(
            answer.path("instanceArch").asText(""),
            answer.path("isInstanceManagerUpgrading").asBoolean(false),
            answer.path("updateFailure").asText("")));
  }

  private static Lsn lsn(JsonNode text) {
    try {
      return text.asText("").isEmpty() ? Lsn.ZERO : Lsn.parse(text.asText());
    } catch (IllegalArgumentException _) {
      return Lsn.ZERO;
    }
  }

  /// The same, with what the operator itself knows of the update.
  public InstanceReport updating(boolean underWay, String failure) {
    if (!underWay && failure.isEmpty()) {
      return this;
    }
    var known =
        new Program(
            program.architecture,
            program.updating || underWay,
            program.failure.isEmpty() ? failure : program.failure);
    return with(received, replayed, current, pendingRestart, pendingDecrease, known);
  }

  /// The same, waiting for other restarts.
  public InstanceReport pending(boolean restart, boolean decrease) {
    return with(received, replayed, current, restart, decrease, program);
  }

  /// The same without positions in the WAL, which change all the time: what a pass would react to.
  public InstanceReport withoutPositions() {
    return with(Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, pendingRestart, pendingDecrease, program);
  }

  private InstanceReport with(
      Lsn newReceived,
      Lsn newReplayed,
      Lsn newCurrent,
      boolean restart,
      boolean decrease,
      Program newProgram) {
    return new InstanceReport(
        reachable,
        trouble,
        primary,
        timeline,
        systemId,
        newReceived,
        newReplayed,
        newCurrent,
        streaming,
        restart,
        decrease,
        rewinding,
        unavailable,
        archiving,
        configuration,
        executable,
        version,
        session,
        refused,
        newProgram);
  }
}
