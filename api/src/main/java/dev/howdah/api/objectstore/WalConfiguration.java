// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.objectstore;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.howdah.api.meta.Absent;
import dev.howdah.api.schema.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How WAL files are archived and restored.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record WalConfiguration(
    @Field(
            value = "Compression of WAL files; none by default",
            oneOf = {"bzip2", "gzip", "lz4", "snappy", "xz", "zstd"})
        @Nullable String compression,
    @Field(
            value = "Encryption that the store applies; the bucket's own by default",
            oneOf = {"AES256", "aws:kms"})
        @Nullable String encryption,
    @Field(
            value = "How many WAL files are archived, or fetched ahead, at the same time",
            effective = "1",
            min = 1)
        @Nullable Integer maxParallel,
    @Field("Further arguments for archiving") List<String> archiveAdditionalCommandArgs,
    @Field("Further arguments for restoring") List<String> restoreAdditionalCommandArgs) {
  public WalConfiguration {
    archiveAdditionalCommandArgs = Absent.list(archiveAdditionalCommandArgs);
    restoreAdditionalCommandArgs = Absent.list(restoreAdditionalCommandArgs);
  }
}
