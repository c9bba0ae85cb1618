// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.kube.KubeClient;
import dev.howdah.podruntime.log.FolderWatch;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.volume.Tokens;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// What all pods of a runtime share.
///
/// @param environment variables that every container gets unless it sets them itself
/// @param network the first two numbers of the pods' addresses
/// @param logBytes how much is kept of each log
public record PodContext(
    KubeClient client,
    Mirrors mirrors,
    Launcher launcher,
    Images images,
    Tokens tokens,
    Events.Reporter events,
    FolderWatch folders,
    InstantSource clock,
    Path home,
    Map<String, String> environment,
    String network,
    String domain,
    long logBytes,
    Duration firstBackoff,
    Duration longestBackoff) {

  Backoff backoff() {
    return new Backoff(firstBackoff, longestBackoff);
  }
}
