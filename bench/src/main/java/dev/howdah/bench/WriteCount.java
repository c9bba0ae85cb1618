// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench;

import dev.howdah.apiserver.Admission;
import java.util.Map;
import java.util.TreeMap;

/// Counts the writes that reach an API server while it is asked to, those that change nothing and
/// those that are refused later among them; one whose precondition fails doesn't come this far.
final class WriteCount implements Admission {
  private final Map<String, Integer> counts = new TreeMap<>();
  private volatile boolean counting;

  /// Begins anew.
  synchronized void begin() {
    counts.clear();
    counting = true;
  }

  /// Ends.
  ///
  /// @return how many, by user, operation and resource
  synchronized Map<String, Integer> end() {
    counting = false;
    return Map.copyOf(counts);
  }

  @Override
  public boolean handles(String group, String resource, String subresource) {
    return counting;
  }

  @Override
  public synchronized Verdict validate(Request request) {
    String resource =
        request.subresource().isEmpty()
            ? request.resource()
            : request.resource() + "/" + request.subresource();
    counts.merge(
        "%s %s %s in %s"
            .formatted(
                request.user().name(),
                request.operation(),
                resource,
                request.namespace().isEmpty() ? "no namespace" : request.namespace()),
        1,
        Integer::sum);
    return Allowed.of(request.object());
  }
}
