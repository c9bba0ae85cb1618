// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.lead;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.KubeException;
import dev.howdah.kube.Resource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Addresses of the cluster's pods. The last known one stays while the API server is away.
public final class Directory {
  private static final Logger LOG = LoggerFactory.getLogger(Directory.class);
  private static final Duration NOT_MORE_OFTEN = Duration.ofMillis(700);

  private final KubeClient client;
  private final String namespace;
  private final LongSupplier nanos;
  private final Map<String, String> addresses = new ConcurrentHashMap<>();
  private final Map<String, Long> asked = new ConcurrentHashMap<>();

  public Directory(KubeClient client, String namespace, LongSupplier nanos) {
    this.client = client;
    this.namespace = namespace;
    this.nanos = nanos;
  }

  /// The last known address; empty if none is.
  public String address(String pod) {
    return addresses.getOrDefault(pod, "");
  }

  /// Takes addresses that the Cluster's status reports, for pods of which nothing better is known.
  public void learn(JsonNode cluster) {
    cluster
        .path("status")
        .path("instancesReportedState")
        .properties()
        .forEach(entry -> {
          String address = entry.getValue().path("ip").asText("");
          if (!address.isEmpty()) {
            addresses.putIfAbsent(entry.getKey(), address);
          }
        });
  }

  /// Asks the API server in the background, not too often.
  public void refresh(String pod) {
    long now = nanos.getAsLong();
    Long before = asked.get(pod);
    if (before != null && now - before < NOT_MORE_OFTEN.toNanos()) {
      return;
    }
    asked.put(pod, now);
    Thread.ofVirtual().name("directory").start(() -> lookUp(pod));
  }

  /// Asks the API server now; the last known address if it doesn't answer.
  public String lookUp(String pod) {
    try {
      String address =
          client.get(Resource.PODS, namespace, pod).path("status").path("podIP").asText("");
      if (!address.isEmpty()) {
        addresses.put(pod, address);
      }
    } catch (KubeException e) {
      LOG.atDebug().addKeyValue("pod", pod).addKeyValue("error", e.getMessage()).log("no address");
    }
    return address(pod);
  }
}
