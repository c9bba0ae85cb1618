// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Results of pure functions of one [Blueprint], kept as long as it is: at rest, a pass computes
/// nothing anew. What is kept must not be changed by those who get it.
public final class Memo {
  private final Map<String, Object> results = new ConcurrentHashMap<>();
  private final Map<String, String> agreements = new ConcurrentHashMap<>();

  /// The result under this key, computed the first time.
  @SuppressWarnings("unchecked")
  public <T> T once(String key, Supplier<T> compute) {
    Object known = results.get(key);
    if (known == null) {
      known = compute.get();
      results.put(key, known);
    }
    return (T) known;
  }

  /// Whether this version of something was found in order before.
  public boolean agreed(String key, String version) {
    return version.equals(agreements.get(key));
  }

  /// From now on this version of it is known to be in order.
  public void agree(String key, String version) {
    agreements.put(key, version);
  }
}
