// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import dev.howdah.operator.cluster.plan.Action;
import dev.howdah.operator.work.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The actions that failed when they were last tried: each is tried again after a growing pause of
/// its own, so that one object that can't be written costs the others nothing but that.
final class Setbacks {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final int TOLD_AFTER = 3;

  private final Map<Key, Map<Wish, Setback>> setbacks = new ConcurrentHashMap<>();

  /// What an action is after, whatever else the object looks like meanwhile: another wish isn't
  /// bound by the failures of this one.
  private record Wish(String what, Object content) {
    static Wish of(Action action) {
      Object content =
          switch (action) {
            case Action.Apply apply -> apply.object();
            case Action.Create create -> create.object();
            case Action.Merge merge -> merge.body();
            case Action.Report report -> report.status();
            case Action.Delete delete -> delete.meta().uid();
            default -> action;
          };
      return new Wish(action.what(), content);
    }
  }

  /// Why an action failed.
  ///
  /// @param passing it may be over in a moment: told only when it isn't
  /// @param patience the next try isn't sooner
  record Cause(String why, boolean passing, Duration patience) {}

  /// How an action fared.
  ///
  /// @param times in a row
  /// @param since when it failed
  /// @param pause not tried again before
  /// @param cause at last
  record Setback(int times, Instant since, Duration pause, Cause cause) {
    String why() {
      return cause.why;
    }

    /// Whether others should hear of it.
    boolean told() {
      return !cause.passing || times >= TOLD_AFTER;
    }

    /// A clock that was set back ends the pause.
    boolean waits(Instant now) {
      return !now.isBefore(since) && now.isBefore(since.plus(pause));
    }

    Duration left(Instant now) {
      return Duration.between(now, since.plus(pause));
    }
  }

  /// Puts what failed the last time behind everything else, together with what depends on it: it
  /// may take its time to fail again. What is no longer wanted is forgotten.
  List<Action> lastOnes(Key cluster, List<Action> actions) {
    Map<Wish, Setback> known = setbacks.getOrDefault(cluster, Map.of());
    if (known.isEmpty()) {
      return actions;
    }
    var first = new ArrayList<Action>();
    var last = new ArrayList<Action>();
    Set<String> late = new HashSet<>();
    Set<Wish> wanted = new HashSet<>();
    for (Action action : actions) {
      Wish wish = Wish.of(action);
      wanted.add(wish);
      if (known.containsKey(wish) || late.contains(action.subject())) {
        last.add(action);
        if (!action.subject().isEmpty()) {
          late.add(action.subject());
        }
      } else {
        first.add(action);
      }
    }
    known.keySet().retainAll(wanted);
    first.addAll(last);
    return first;
  }

  /// Why an action isn't tried now; null: it is.
  @Nullable Setback waits(Key cluster, Action action, Instant now) {
    Setback setback = setbacks.getOrDefault(cluster, Map.of()).get(Wish.of(action));
    return setback != null && setback.waits(now) ? setback : null;
  }

  Setback failed(Key cluster, Action action, Cause cause, Instant now) {
    Map<Wish, Setback> known = setbacks.computeIfAbsent(cluster, _ -> new HashMap<>());
    Setback before = known.get(Wish.of(action));
    int times = before == null ? 1 : before.times + 1;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(times - 1, 10));
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
    if (pause.compareTo(cause.patience) < 0) {
      pause = cause.patience;
    }
    var setback = new Setback(times, now, pause, cause);
    known.put(Wish.of(action), setback);
    return setback;
  }

  void succeeded(Key cluster, Action action) {
    Map<Wish, Setback> known = setbacks.get(cluster);
    if (known != null) {
      known.remove(Wish.of(action));
    }
  }

  void forget(Key cluster) {
    setbacks.remove(cluster);
  }
}
