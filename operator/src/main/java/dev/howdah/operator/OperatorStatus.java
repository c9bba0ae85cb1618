// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator;

import dev.howdah.core.metrics.Metrics;
import dev.howdah.operator.cluster.ClusterOperator;
import dev.howdah.operator.metrics.OperatorMetrics;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What this process can say of itself: everything while it leads, little while it waits.
final class OperatorStatus {
  private volatile @Nullable ClusterOperator clusters;

  /// Ends when these Clusters are no longer looked after.
  interface While extends AutoCloseable {
    @Override
    void close();
  }

  While of(ClusterOperator operator) {
    clusters = operator;
    return () -> clusters = null;
  }

  Metrics measure(Instant webhookCertificateEnd) {
    var metrics = new Metrics();
    ClusterOperator leading = clusters;
    OperatorMetrics.leading(metrics, leading != null);
    OperatorMetrics.webhooks(metrics, webhookCertificateEnd);
    if (leading != null) {
      leading.measure(metrics);
    }
    return metrics;
  }
}
