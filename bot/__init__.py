"""should-finetune: tells a team whether to fine-tune, or what their problem really is."""
