// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.recovery;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.cluster.Bootstrap.RecoveryTarget;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.meta.LocalReference;
import dev.howdah.api.schema.Cel;
import dev.howdah.api.schema.Field;
import org.jspecify.annotations.Nullable;

/// Which Cluster goes back, and to when; can't change.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@Cel(value = "self == oldSelf", message = "a Restore can't change; make a new one")
@Cel(
    value = "!(has(self.undo) && self.undo && has(self.recoveryTarget))",
    message = "undo brings back what was kept aside, and has no recoveryTarget; remove one of them")
public record RestoreSpec(
    @Field(value = "Cluster to take back", required = true)
        @Cel(value = "size(self.name) > 0", message = "name: write the name of the Cluster")
        LocalReference cluster,
    @Field("Where to stop; absent: at the end of the archive")
        @Nullable RecoveryTarget recoveryTarget,
    @Field(
            value = "Bring back the data that the last Restore kept aside, instead",
            defaultsTo = "false")
        Boolean undo) {
  public RestoreSpec {
    undo = Absent.or(undo, false);
  }
}
