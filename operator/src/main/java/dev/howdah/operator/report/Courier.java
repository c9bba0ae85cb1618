// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.kube.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings this operator's version of the instance manager to instances that run another one.
///
/// The list of files goes first; the instance answers which ones it lacks; then those, in parts;
/// then the word to go on. What came to nothing isn't tried again for a while.
final class Courier {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);
  private static final int PART = 1 << 20;
  private static final Duration PAUSE = Duration.ofMinutes(10);
  private static final Duration BUSY_PAUSE = Duration.ofSeconds(10);
  private static final int BUSY = 409;

  private final StatusClient client;
  private final @Nullable ManagerProgram program;
  private final InstantSource clock;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  private record Failure(String reason, Instant until) {}

  Courier(StatusClient client, @Nullable ManagerProgram program, InstantSource clock) {
    this.client = client;
    this.program = program;
    this.clock = clock;
  }

  /// Begins, unless it is at it already.
  ///
  /// @param pod its UID
  /// @param done is called at the end, however it ended
  void send(String pod, Address address, Runnable done) {
    ManagerProgram sent = program;
    if (sent == null || !failure(pod).isEmpty() || !underWay.add(pod)) {
      return;
    }
    Thread.ofVirtual()
        .name("update-" + address.host())
        .start(() -> {
          try {
            deliver(sent, address);
            LOG.atInfo().addKeyValue("instance", address.host()).log("instance manager sent");
          } catch (Refused e) {
            fail(pod, address, String.valueOf(e.getMessage()), e.busy ? BUSY_PAUSE : PAUSE);
          } catch (IOException e) {
            fail(pod, address, "not sent: " + e.getMessage(), BUSY_PAUSE);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            underWay.remove(pod);
            done.run();
          }
        });
  }

  private void fail(String pod, Address address, String reason, Duration pause) {
    LOG.atWarn()
        .addKeyValue("instance", address.host())
        .addKeyValue("reason", reason)
        .log("instance manager not updated");
    failures.put(pod, new Failure(reason, clock.instant().plus(pause)));
  }

  boolean isUnderWay(String pod) {
    return underWay.contains(pod);
  }

  /// Why the last attempt came to nothing, while it isn't tried again; empty if it may be.
  String failure(String pod) {
    Failure failure = failures.get(pod);
    if (failure == null) {
      return "";
    }
    if (clock.instant().isAfter(failure.until)) {
      failures.remove(pod, failure);
      return "";
    }
    return failure.reason;
  }

  void forget(String pod) {
    failures.remove(pod);
  }

  private void deliver(ManagerProgram sent, Address address)
      throws IOException, InterruptedException {
    JsonNode answer = Json.mapper().readTree(ask(address, "PUT", "", sent.list()));
    for (JsonNode missing : answer.path("missing")) {
      int file = missing.asInt(-1);
      long at = 0;
      byte[] part = sent.part(file, at, PART);
      do {
        ask(address, "PUT", "?file=" + file + "&at=" + at, part);
        at += part.length;
        part = sent.part(file, at, PART);
      } while (part.length > 0);
    }
    ask(address, "POST", "", new byte[0]);
  }

  private byte[] ask(Address address, String method, String query, byte[] body)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = client.send(address, method, "/update" + query, body);
    if (answer.statusCode() / 100 != 2) {
      throw new Refused(
          answer.statusCode() == BUSY, new String(answer.body(), StandardCharsets.UTF_8));
    }
    return answer.body();
  }

  /// The instance doesn't take it.
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final boolean busy;

    Refused(boolean busy, String reason) {
      super(reason);
      this.busy = busy;
    }
  }
}
