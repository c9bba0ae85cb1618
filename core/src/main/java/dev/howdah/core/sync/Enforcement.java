// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import dev.howdah.core.sync.SyncConfig.Method;
import java.util.ArrayList;
import java.util.List;

/// How to get PostgreSQL from one set of synchronous standbys to another, and to *know* that it is
/// there.
///
/// A reload reaches each process of PostgreSQL in its own time, and what counts is not what a
/// session shows. Whether commits wait at all is decided by a flag in shared memory, which only the
/// checkpointer sets, when it gets to it: not in the midst of a checkpoint's fsync. Whether enough
/// standbys have confirmed is decided by each WAL sender by its own copy of the setting; of that
/// copy, only the priority that it gives its own standby can be seen (1 with `ANY`, whatever the
/// number).
///
/// So the flag is proved by a commit that is seen to wait while nobody can confirm it, or seen not
/// to. A larger number is proved by a detour over a setting that is as strict, and in which each
/// standby has a priority that it had in no setting before: `FIRST n` with names before it that
/// nobody has. A WAL sender that is late never obeys a number below the smaller of the two, nor
/// names outside both lists, which is what the Lease says until the change counts as done.
///
/// @param waiting what is known of the flag
/// @param least the smallest number that a WAL sender may still obey
/// @param highest the highest priority that a WAL sender may show or come to show by what was set
/// @param written what was set last
public record Enforcement(Waiting waiting, int least, int highest, SyncConfig written) {
  /// Nobody can confirm, so each commit waits.
  public static final SyncConfig NOBODY =
      new SyncConfig(Method.ANY, 1, List.of(SyncSetPlanner.NOBODY));

  /// More names than any setting has.
  private static final int UNSEEN = 32;

  /// What is known of the flag that makes commits wait.
  public enum Waiting {
    /// It isn't set.
    NO,
    /// It wasn't set, and will be.
    SOON,
    YES,
    /// It was, or will be, and the checkpointer may still take up an empty list.
    UNKNOWN
  }

  /// What to do next; each is done when it is known.
  public sealed interface Step {
    /// Set this, and see it in a session.
    record Use(SyncConfig config) implements Step {}

    /// Wait until each WAL sender shows the priority that this gives its standby.
    record SeeSenders(SyncConfig config) implements Step {}

    /// Wait until a commit is seen to wait.
    record SeeWaiting() implements Step {}

    /// Wait until a commit doesn't wait.
    record SeePassing() implements Step {}
  }

  /// All processes of a server have read this as they started, or before they could matter.
  public static Enforcement started(SyncConfig config) {
    Waiting waiting = config.isAsynchronous() ? Waiting.NO : Waiting.YES;
    return new Enforcement(waiting, config.number(), highest(config), config);
  }

  /// A server that outlived its manager. Where the Lease has voters, commits wait for as many.
  public static Enforcement adopted(SyncConfig least) {
    Waiting waiting =
        least.isAsynchronous()
            ? Waiting.UNKNOWN
            : least.names().equals(NOBODY.names()) ? Waiting.SOON : Waiting.YES;
    return new Enforcement(waiting, least.number(), UNSEEN, least);
  }

  /// Whether commits of a standby that is promoted now might not wait: it had no names when it
  /// started, or none in between, and its checkpointer need not have taken up those that it has.
  public boolean isFlagInDoubt() {
    return !written.isAsynchronous() && waiting != Waiting.YES;
  }

  /// The way there; without any proof where nothing can be out of step.
  public List<Step> towards(SyncConfig target) {
    var steps = new ArrayList<Step>();
    if (target.isAsynchronous()) {
      steps.add(new Step.Use(target));
      if (waiting != Waiting.NO) {
        stopWaiting(steps);
      }
      return steps;
    }
    if (waiting != Waiting.YES) {
      beginWaiting(steps);
    } else if (target.number() > least) {
      SyncConfig detour = detour(target);
      steps.add(new Step.Use(detour));
      steps.add(new Step.SeeSenders(detour));
    }
    steps.add(new Step.Use(target));
    steps.add(new Step.SeeSenders(target));
    return steps;
  }

  private void beginWaiting(List<Step> steps) {
    if (waiting == Waiting.UNKNOWN) {
      steps.add(new Step.Use(SyncConfig.ASYNCHRONOUS));
      stopWaiting(steps);
    }
    steps.add(new Step.Use(NOBODY));
    steps.add(new Step.SeeSenders(NOBODY));
    steps.add(new Step.SeeWaiting());
  }

  private static void stopWaiting(List<Step> steps) {
    steps.add(new Step.SeeSenders(SyncConfig.ASYNCHRONOUS));
    steps.add(new Step.SeePassing());
  }

  private SyncConfig detour(SyncConfig target) {
    int size = written.names().size();
    int before = size - target.names().size();
    if (before > 0
        && written.names().get(0).startsWith(SyncSetPlanner.NOBODY)
        && written.number() == target.number()
        && written.names().subList(before, size).equals(target.names())) {
      return written; // the way was begun before
    }
    var names = new ArrayList<String>();
    for (int i = 1; i <= highest; i++) {
      names.add(SyncSetPlanner.NOBODY + "-" + i);
    }
    names.addAll(target.names());
    return new SyncConfig(Method.FIRST, target.number(), names);
  }

  /// What is known after a step. A setting counts from when it is about to be written.
  public Enforcement after(Step step) {
    return switch (step) {
      case Step.Use(SyncConfig config) ->
          new Enforcement(
              used(config),
              config.isAsynchronous() ? least : Math.min(least, config.number()),
              Math.max(highest, highest(config)),
              config);
      case Step.SeeSenders(SyncConfig config) ->
          new Enforcement(
              waiting,
              config.isAsynchronous() || config.equals(NOBODY)
                  ? Integer.MAX_VALUE // none obeys anything
                  : config.number(),
              highest(config),
              written);
      case Step.SeeWaiting _ -> new Enforcement(Waiting.YES, least, highest, written);
      case Step.SeePassing _ -> new Enforcement(Waiting.NO, least, highest, written);
    };
  }

  private Waiting used(SyncConfig config) {
    if (config.isAsynchronous()) {
      return waiting == Waiting.NO ? Waiting.NO : Waiting.UNKNOWN;
    }
    return waiting == Waiting.NO ? Waiting.SOON : waiting;
  }

  /// The priority that a standby of this name has.
  public static int priority(SyncConfig config, String name) {
    int at = config.names().indexOf(name) + 1;
    return at == 0 || config.method() == Method.FIRST ? at : 1;
  }

  private static int highest(SyncConfig config) {
    return config.method() == Method.FIRST ? config.names().size() : Math.min(1, config.number());
  }
}
