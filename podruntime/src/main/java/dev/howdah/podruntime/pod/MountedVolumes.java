// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.volume.PodFacts;
import dev.howdah.podruntime.volume.PodVolumes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The volumes of a pod over time: when they have to be looked at, and whether they are there.
final class MountedVolumes {
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final Duration BLOCKED = Duration.ofMillis(200);

  private final PodVolumes volumes;
  private Map<String, Path> folders = Map.of();
  private boolean mounted;
  private Instant due = Instant.EPOCH;

  MountedVolumes(PodVolumes volumes) {
    this.volumes = volumes;
  }

  boolean isMounted() {
    return mounted;
  }

  /// The folders by volume name.
  Map<String, Path> folders() {
    return folders;
  }

  /// Something they are made of has changed.
  void expire() {
    due = Instant.EPOCH;
  }

  /// When they have to be looked at again.
  Instant due() {
    return due;
  }

  /// Brings them up to date if it is time.
  ///
  /// @param blocker why they mustn't be used yet, asked before they are mounted first
  /// @return what is in the way, for an event
  Optional<String> update(PodFacts facts, Instant now, Supplier<Optional<String>> blocker)
      throws IOException {
    if (now.isBefore(due)) {
      return Optional.empty();
    }
    Optional<String> blocked = mounted ? Optional.empty() : blocker.get();
    if (blocked.isPresent()) {
      due = now.plus(BLOCKED);
      return blocked;
    }
    return switch (volumes.update(facts)) {
      case PodVolumes.State.Mounted(var paths, var renew) -> {
        folders = paths;
        mounted = true;
        due = renew;
        yield Optional.empty();
      }
      case PodVolumes.State.Waiting(var message) -> {
        due = now.plus(RETRY);
        yield Optional.of(message);
      }
    };
  }

  /// Removes what was made for the pod.
  void remove(String uid) throws IOException {
    volumes.remove(uid);
  }
}
