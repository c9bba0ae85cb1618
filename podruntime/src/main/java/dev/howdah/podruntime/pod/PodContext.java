// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.kube.KubeClient;
import dev.howdah.podruntime.log.FolderWatch;
import dev.howdah.podruntime.objects.Events;
import dev.howdah.podruntime.objects.Mirrors;
import dev.howdah.podruntime.process.Launcher;
import dev.howdah.podruntime.volume.Tokens;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/// What all pods of a runtime share.
///
/// @param environment variables that every container gets unless it sets them itself
/// @param network the first two numbers of the pods' addresses
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
    Backoff backoff) {
  /// The cluster's domain, for the long names of Services.
  static final String DOMAIN = "cluster.local";

  /// How much is kept of each container's log.
  static final long LOG_BYTES = 10L << 20;
}
