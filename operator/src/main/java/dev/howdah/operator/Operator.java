// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.kube.KubeClient;
import dev.howdah.operator.cluster.ClusterOperator;
import java.time.InstantSource;

/// The operator, running inside this process.
public final class Operator implements AutoCloseable {
  private final ClusterOperator clusters;

  private Operator(ClusterOperator clusters) {
    this.clusters = clusters;
  }

  /// Starts to look after all custom resources; returns when everything was read once. There must
  /// be no other operator: none is looked for.
  ///
  /// @param client stays the caller's, to be closed after the operator
  public static Operator start(OperatorSettings settings, KubeClient client)
      throws InterruptedException {
    return new Operator(
        ClusterOperator.start(
            settings, client, "howdah-operator", InstantSource.system(), () -> true));
  }

  /// Stops looking after them. What runs keeps running.
  @Override
  public void close() {
    clusters.close();
  }
}
