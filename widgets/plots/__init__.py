"""The plots: what a workspace holds, drawn so that every mark is a filter."""
