// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/// How a new primary makes itself known: the Services for writes; the labels that other services
/// select by, the old primary's first so that none gets two; the Cluster's status; and a look at
/// all others. Says which call is next; whoever makes the calls says what became of them.
///
/// A call that was given up may be done all the same, a little later, and undo what came after it.
/// So a primary looks a second time, and who leads no longer does so at its own label.
public final class Announcement {
  /// What was asked for is done by then, or not at all.
  static final Duration LATE = Duration.ofSeconds(10);

  private static final Duration PAUSE = Duration.ofMillis(500);

  /// How often an instance that leads no longer looks at its own label, in vain.
  private static final int RETRIES = 10;

  private final String self;
  private final Set<SafetyRule> off;
  private final Deque<Call> round = new ArrayDeque<>();
  private boolean retracting;
  private boolean labelled;
  private boolean written;
  private boolean checked;
  private boolean again;
  private int failures;

  /// What is to be done next.
  public sealed interface Call {
    /// Reads the Services for writes, and lets them lead to this instance if they don't; provided
    /// that this is still wanted by then, see [Announcement#isWanted], and that they are still as
    /// they were read.
    record Route() implements Call {}

    /// Reads a pod, and if it has the role `primary`, gives it the role `replica`; provided that
    /// this is still wanted by then, see [Announcement#isWanted], and that the pod is still as it
    /// was read.
    record Unlabel(String pod) implements Call {}

    /// Gives the instance's own pod the role `primary`.
    record Label() implements Call {}

    /// Writes the Cluster's status, unless it says so already.
    record WriteStatus() implements Call {}

    record Pause(Duration length) implements Call {}

    record Done() implements Call {}
  }

  public Announcement(String self) {
    this(self, Set.of());
  }

  /// @param off empty but in the simulation
  public Announcement(String self, Set<SafetyRule> off) {
    this.self = self;
    this.off = off;
  }

  /// @param leads whether this instance still holds the Lease of the term that is announced
  /// @param old `status.currentPrimary`
  /// @param others all other instances
  public Call next(boolean leads, String old, List<String> others) {
    if (leads == retracting) {
      retracting = !leads;
      round.clear();
      labelled = false;
      checked = false;
      again = false;
    }
    if (round.isEmpty()) {
      if (leads) {
        announce(old, others);
      } else {
        retract();
      }
    }
    return round.isEmpty() ? new Call.Done() : round.getFirst();
  }

  /// What is missing is tried; what fails is missing again.
  private void announce(String old, List<String> others) {
    if (labelled && written && checked) {
      if (!lookAgain()) {
        return;
      }
      labelled = false;
      checked = false;
    }
    if (!labelled) {
      round.add(new Call.Route());
      if (!old.isEmpty() && !old.equals(self)) {
        round.add(new Call.Unlabel(old));
      }
      round.add(new Call.Label());
      labelled = true;
    }
    if (!written) {
      round.add(new Call.WriteStatus());
      written = true;
    }
    if (!checked) {
      if (!off.contains(SafetyRule.ROUTE_CHECKS_OTHERS)) {
        others.forEach(other -> round.add(new Call.Unlabel(other)));
      }
      checked = true;
    }
  }

  /// Without the Lease: the label may come after the next primary had taken it away.
  private void retract() {
    if (failures < RETRIES && (!checked || lookAgain())) {
      round.add(new Call.Unlabel(self));
      checked = true;
    }
  }

  private boolean lookAgain() {
    if (again || off.contains(SafetyRule.ROUTE_IS_LOOKED_AT_AGAIN)) {
      return false;
    }
    again = true;
    round.add(new Call.Pause(LATE));
    return true;
  }

  /// Whether what was read just now is to be written: a pod to lose its label, or the Services to
  /// lead here.
  public boolean isWanted(Call call, boolean leads) {
    return call instanceof Call.Unlabel(String pod) ? leads != pod.equals(self) : leads;
  }

  /// @param ok whether the call was answered, and did what it should
  public void done(Call call, boolean ok) {
    round.remove(call);
    switch (call) {
      case Call.Route _, Call.Label _ -> labelled &= ok;
      case Call.WriteStatus _ -> written &= ok;
      case Call.Unlabel _ -> checked &= ok;
      case Call.Pause _, Call.Done _ -> {}
    }
    if (!ok) {
      failures++;
    }
    boolean missing = !checked || !(retracting || (labelled && written));
    if (round.isEmpty() && missing && !(call instanceof Call.Pause)) {
      round.add(new Call.Pause(PAUSE));
    }
  }
}
