// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import java.util.List;

/// What the Cluster asks for: `spec.postgresql.synchronous`, or the older `minSyncReplicas` and
/// `maxSyncReplicas`.
///
/// @param number of standbys to wait for; 0: asynchronous
/// @param minimum for the older fields: fewer than `number`, down to this many (and to what there
///   is), will do; equals `number` otherwise
/// @param maxFromCluster at most this many names of the cluster's own instances
/// @param pre names of standbys outside the cluster, before ours
/// @param post names of standbys outside the cluster, after ours
/// @param required commits wait when too few standbys are there; else the number shrinks with them
/// @param electable instances that satisfy the failure domains; empty: all of them
public record SyncSpec(
    SyncConfig.Method method,
    int number,
    int minimum,
    int maxFromCluster,
    List<String> pre,
    List<String> post,
    boolean required,
    List<String> electable) {
  public static final SyncSpec NONE =
      new SyncSpec(
          SyncConfig.Method.ANY, 0, 0, Integer.MAX_VALUE, List.of(), List.of(), false, List.of());

  public SyncSpec {
    pre = List.copyOf(pre);
    post = List.copyOf(post);
    electable = List.copyOf(electable);
  }

  public static SyncSpec required(SyncConfig.Method method, int number) {
    return new SyncSpec(
        method, number, number, Integer.MAX_VALUE, List.of(), List.of(), true, List.of());
  }

  public static SyncSpec preferred(SyncConfig.Method method, int number) {
    return new SyncSpec(
        method, number, number, Integer.MAX_VALUE, List.of(), List.of(), false, List.of());
  }

  /// `minSyncReplicas` and `maxSyncReplicas`.
  public static SyncSpec legacy(int minimum, int maximum, List<String> electable) {
    return new SyncSpec(
        SyncConfig.Method.ANY,
        maximum,
        minimum,
        Integer.MAX_VALUE,
        List.of(),
        List.of(),
        false,
        electable);
  }

  public boolean isAsynchronous() {
    return number == 0;
  }
}
