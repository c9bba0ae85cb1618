// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.cluster;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Replication slots.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ReplicationSlotsConfiguration(
    @Field("Slots that the primary keeps for each standby")
        @Cel(
            value =
                "!(oldSelf.enabled && self.enabled && has(self.slotPrefix) && "
                    + "has(oldSelf.slotPrefix)) || self.slotPrefix == oldSelf.slotPrefix",
            message = "slotPrefix: can't change while the slots are in use; disable them first")
        @Nullable HighAvailabilitySlots highAvailability,
    @Field(
            value = "Seconds between two synchronisations of slots on standbys",
            defaultsTo = "30",
            min = 1)
        Integer updateInterval,
    @Field("Copy the user's physical slots to standbys")
        @Nullable SynchronizeReplicas synchronizeReplicas) {
  public ReplicationSlotsConfiguration {
    updateInterval = Absent.or(updateInterval, 30);
  }

  /// Slots that the primary keeps for each standby.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record HighAvailabilitySlots(
      @Field(value = "Keep them", defaultsTo = "true") Boolean enabled,
      @Field(
              value = "How their names begin",
              defaultsTo = "_cnpg_",
              maxLength = 63,
              pattern = "^[0-9a-z_]*$")
          String slotPrefix,
      @Field("Keep logical slots over a failover") @Nullable Boolean synchronizeLogicalDecoding) {
    public HighAvailabilitySlots {
      enabled = Absent.or(enabled, true);
      slotPrefix = Absent.or(slotPrefix, "_cnpg_");
    }
  }

  /// Copying of the user's physical slots to standbys.
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record SynchronizeReplicas(
      @Field(value = "Copy them", required = true, defaultsTo = "true") Boolean enabled,
      @Field("Regular expressions of slots to leave out") List<String> excludePatterns) {
    public SynchronizeReplicas {
      enabled = Absent.or(enabled, true);
      excludePatterns = Absent.list(excludePatterns);
    }
  }
}
