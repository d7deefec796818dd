package cli

import (
	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Long: `Print a script that completes verbs, flags, model names, operating systems and sources in a shell.

  bash        drivercat completion bash > /etc/bash_completion.d/drivercat   (needs the package bash-completion)
  zsh         drivercat completion zsh > "${fpath[1]}/_drivercat"
  fish        drivercat completion fish > ~/.config/fish/completions/drivercat.fish
  powershell  drivercat completion powershell | Out-String | Invoke-Expression   (in $PROFILE)`,
		Example: `  drivercat completion bash
  drivercat completion powershell`,
		ValidArgs: shells,
		Args:      wants("shell", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.out)
		},
	}
}
