// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes Kubernetes events, best effort: an event that can't be written is logged, never an error.
///
/// The same event again only raises the count of the first.
public final class EventRecorder {
  private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
  private static final int REMEMBERED = 64;

  private final KubeClient client;
  private final String component;
  private final String instance;
  private final InstantSource clock;
  private final Map<String, Seen> seen =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Seen(String name, int count) {}

  /// @param component the program, for example `instance-manager`
  /// @param instance which one of them: the pod's name
  public EventRecorder(KubeClient client, String component, String instance, InstantSource clock) {
    this.client = client;
    this.component = component;
    this.instance = instance;
    this.clock = clock;
  }

  public void normal(JsonNode about, String reason, String message) {
    record(about, "Normal", reason, message);
  }

  public void warning(JsonNode about, String reason, String message) {
    record(about, "Warning", reason, message);
  }

  private synchronized void record(JsonNode about, String type, String reason, String message) {
    String key = String.join("\n", Json.uid(about), Json.name(about), type, reason, message);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    try {
      Seen known = seen.get(key);
      if (known == null || !countUp(about, known, now)) {
        seen.put(key, new Seen(create(about, type, reason, message, now), 1));
      } else {
        seen.put(key, new Seen(known.name, known.count + 1));
      }
    } catch (KubeException e) {
      LOG.atInfo()
          .addKeyValue("reason", reason)
          .addKeyValue("message", message)
          .addKeyValue("error", e.getMessage())
          .log("event not written");
    }
  }

  private boolean countUp(JsonNode about, Seen known, Instant now) {
    ObjectNode body = Json.object().put("count", known.count + 1);
    body.put("lastTimestamp", now.toString());
    try {
      client.merge(Resource.EVENTS, namespace(about), known.name, body);
      return true;
    } catch (KubeException e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private String create(JsonNode about, String type, String reason, String message, Instant now) {
    String name =
        Json.name(about)
            + "."
            + Long.toHexString(clock.instant().toEpochMilli())
            + Integer.toHexString((reason + message).hashCode());
    ObjectNode event = Json.object(Resource.EVENTS, namespace(about), name);
    ObjectNode involved = event.putObject("involvedObject");
    involved.put("apiVersion", about.path("apiVersion").asText());
    involved.put("kind", about.path("kind").asText());
    involved.put("namespace", Json.namespace(about));
    involved.put("name", Json.name(about));
    involved.put("uid", Json.uid(about));
    event.put("type", type).put("reason", reason).put("message", message);
    event.put("count", 1);
    event.put("firstTimestamp", now.toString()).put("lastTimestamp", now.toString());
    event.putObject("source").put("component", component);
    event.put("reportingComponent", component).put("reportingInstance", instance);
    client.create(Resource.EVENTS, event);
    return name;
  }

  private static String namespace(JsonNode about) {
    return Json.namespace(about).isEmpty() ? "default" : Json.namespace(about);
  }
}
